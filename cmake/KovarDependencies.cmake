# The packages kovar stands on. The build and the installed package
# (kovarConfig.cmake) both include this file, so that a user resolves what we
# resolved. It reads the KOVAR_ENABLE_* variables.

set(KOVAR_KOKKOS_OLDEST 3.4)
set(KOVAR_KOKKOS_NEWEST_TESTED 4.6)  # Kokkos' own version files accept any newer one

macro(kovar_require package remedy option)
  if(NOT ${package}_FOUND)
    set(kovar_failure "kovar: ${package} was not found. ${remedy}")
    if(NOT "${option}" STREQUAL "")
      string(APPEND kovar_failure " Or turn it off: -D${option}=OFF.")
    endif()
    message(FATAL_ERROR "${kovar_failure}")
  endif()
endmacro()

find_package(Kokkos ${KOVAR_KOKKOS_OLDEST} CONFIG QUIET)
kovar_require(Kokkos "Give its install prefix with -DKokkos_ROOT=..., or let 'sh cmake/kovar.sh setup' build one." "")
if(Kokkos_VERSION VERSION_GREATER_EQUAL 6)
  message(WARNING "kovar: Kokkos ${Kokkos_VERSION} is newer than the newest one tried "
                  "(${KOVAR_KOKKOS_NEWEST_TESTED}); if it does not compile, take an older one.")
endif()
find_package(KokkosKernels CONFIG QUIET)
kovar_require(KokkosKernels "Give its install prefix with -DKokkosKernels_ROOT=...; it must be built against the Kokkos in ${Kokkos_DIR}." "")
find_package(BLAS QUIET)
kovar_require(BLAS "On Debian: apt install libopenblas-openmp-dev." "")
find_package(LAPACK QUIET)
kovar_require(LAPACK "On Debian: apt install libopenblas-openmp-dev." "")

# The devices of the Kokkos that was found decide; these are no options.
set(KOVAR_ENABLE_CUDA OFF)
set(KOVAR_ENABLE_HIP OFF)
if(Kokkos_ENABLE_CUDA OR "CUDA" IN_LIST Kokkos_DEVICES)
  set(KOVAR_ENABLE_CUDA ON)
  find_package(CUDAToolkit QUIET)
  kovar_require(CUDAToolkit "Its Kokkos was built for CUDA: put nvcc on the PATH or set CUDAToolkit_ROOT." "")
  # An older Kokkos needs help with CUDA 13, in every file that includes it: three overloads, and none
  # of 3.4's half precision. The header stands beside this file where kovar is installed.
  if(Kokkos_VERSION VERSION_LESS 4.7.1 AND CUDAToolkit_VERSION VERSION_GREATER_EQUAL 13
     AND NOT TARGET kovar::kokkos_on_cuda13)
    add_library(kovar::kokkos_on_cuda13 INTERFACE IMPORTED GLOBAL)
    find_file(KOVAR_CUDA13_SHIM kokkos_cuda13_shim.h NO_DEFAULT_PATH NO_CACHE REQUIRED
              PATHS ${CMAKE_CURRENT_LIST_DIR} ${CMAKE_CURRENT_LIST_DIR}/setup)
    set_property(TARGET kovar::kokkos_on_cuda13 PROPERTY INTERFACE_COMPILE_OPTIONS
                 "$<$<COMPILE_LANGUAGE:CXX,CUDA>:SHELL:-include \"${KOVAR_CUDA13_SHIM}\">")
    if(Kokkos_VERSION VERSION_LESS 3.5)
      set_property(TARGET kovar::kokkos_on_cuda13 PROPERTY INTERFACE_COMPILE_DEFINITIONS KOKKOS_CUDA_HALF_HPP_)
    endif()
  endif()
elseif(Kokkos_ENABLE_HIP OR "HIP" IN_LIST Kokkos_DEVICES)
  set(KOVAR_ENABLE_HIP ON)
endif()

if(KOVAR_ENABLE_MPI)
  find_package(MPI QUIET COMPONENTS CXX)
  kovar_require(MPI "On Debian: apt install libopenmpi-dev openmpi-bin." KOVAR_ENABLE_MPI)
endif()

# kovar_find_engine(PACKAGE OPTION NEEDED REMEDY): a package that is taken where it is there (AUTO) or must be
# there (ON); afterwards the option is ON or OFF. NEEDED is the option that it stands on.
macro(kovar_find_engine package option needed remedy)
  if(${option} AND NOT ${needed})
    if(NOT "${${option}}" STREQUAL "AUTO")
      message(FATAL_ERROR "kovar: ${package} needs ${needed}, which is OFF. Turn that on: "
                          "-D${needed}=ON. Or turn this off: -D${option}=OFF.")
    endif()
    set(${option} OFF)
  endif()
  if(${option})
    set(kovar_module_path ${CMAKE_MODULE_PATH})
    list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})  # our find modules stand beside this file
    find_package(${package} QUIET)
    set(CMAKE_MODULE_PATH ${kovar_module_path})
    if(NOT "${${option}}" STREQUAL "AUTO")
      kovar_require(${package} "${remedy}" ${option})
    endif()
    if(${package}_FOUND)
      set(${option} ON)
    else()
      set(${option} OFF)
    endif()
  endif()
endmacro()
kovar_find_engine(SCALAPACK KOVAR_ENABLE_SCALAPACK KOVAR_ENABLE_MPI
  "On Debian: apt install libscalapack-openmpi-dev (or libscalapack-mpich-dev). Elsewhere: its prefix by -DSCALAPACK_ROOT=..., or the libraries by -DSCALAPACK_LIBRARIES=...")
kovar_find_engine(ELPA KOVAR_ENABLE_ELPA KOVAR_ENABLE_SCALAPACK
  "On Debian: apt install libelpa-dev (built for Open MPI). Elsewhere: its prefix by -DELPA_ROOT=...")
if(KOVAR_ENABLE_HDF5)
  if(KOVAR_ENABLE_MPI)
    set(HDF5_PREFER_PARALLEL ON)
  endif()
  # FindHDF5 asks a C compiler even for the C interface.
  enable_language(C)
  find_package(HDF5 QUIET COMPONENTS C)
  kovar_require(HDF5 "On Debian: apt install libhdf5-openmpi-dev (or libhdf5-dev without MPI)." KOVAR_ENABLE_HDF5)
  if(HDF5_IS_PARALLEL AND NOT KOVAR_ENABLE_MPI)
    message(FATAL_ERROR "kovar: this HDF5 is built for MPI, and KOVAR_ENABLE_MPI is OFF. "
                        "Install a serial HDF5 (on Debian: libhdf5-dev, and set HDF5_ROOT), "
                        "or turn MPI on, or HDF5 off: -DKOVAR_ENABLE_HDF5=OFF.")
  endif()
endif()
if(KOVAR_ENABLE_TEUCHOS)
  find_package(Teuchos CONFIG QUIET)
  kovar_require(Teuchos "Give its install prefix with -DTeuchos_ROOT=..., or let 'sh cmake/kovar.sh setup' build one." KOVAR_ENABLE_TEUCHOS)
endif()
if(KOVAR_ENABLE_ROL)
  # Both are packages of Trilinos: a prefix that is named for Teuchos is meant for ROL too.
  if(Teuchos_FOUND)
    find_package(ROL CONFIG QUIET HINTS ${Teuchos_DIR}/../ROL)
  else()
    find_package(ROL CONFIG QUIET)
  endif()
  kovar_require(ROL "Give the install prefix of a Trilinos with ROL by -DROL_ROOT=..., or let 'sh cmake/kovar.sh setup' build one." KOVAR_ENABLE_ROL)
endif()
