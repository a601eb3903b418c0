# ScaLAPACK with BLACS, as SCALAPACK::SCALAPACK: Debian's library for the MPI that was found, or a plain one
# (Spack, modules). SCALAPACK_ROOT names a prefix; SCALAPACK_LIBRARIES lists the libraries outright, for
# vendors' that come in pieces.
include(CheckCXXSymbolExists)
include(FindPackageHandleStandardArgs)

if(NOT SCALAPACK_LIBRARIES)
  # Two MPIs may be installed, and each has a library of its own.
  set(CMAKE_REQUIRED_LIBRARIES MPI::MPI_CXX)
  check_cxx_symbol_exists(OMPI_MAJOR_VERSION mpi.h KOVAR_MPI_IS_OPEN_MPI)
  check_cxx_symbol_exists(MPICH_VERSION mpi.h KOVAR_MPI_IS_MPICH)
  unset(CMAKE_REQUIRED_LIBRARIES)
  set(scalapack_names scalapack)
  if(KOVAR_MPI_IS_OPEN_MPI)
    set(scalapack_names scalapack-openmpi scalapack)
  elseif(KOVAR_MPI_IS_MPICH)
    set(scalapack_names scalapack-mpich scalapack)
  endif()
  find_library(SCALAPACK_LIBRARY NAMES ${scalapack_names})
  mark_as_advanced(SCALAPACK_LIBRARY)
  set(SCALAPACK_LIBRARIES ${SCALAPACK_LIBRARY})
endif()

find_package_handle_standard_args(SCALAPACK REQUIRED_VARS SCALAPACK_LIBRARIES)
if(SCALAPACK_FOUND AND NOT TARGET SCALAPACK::SCALAPACK)
  add_library(SCALAPACK::SCALAPACK INTERFACE IMPORTED)
  set_property(TARGET SCALAPACK::SCALAPACK PROPERTY INTERFACE_LINK_LIBRARIES
               ${SCALAPACK_LIBRARIES} LAPACK::LAPACK BLAS::BLAS MPI::MPI_CXX)
endif()
