# kovar_add_test(NAME SOURCES file... [RANKS n...] [MANY_RANKS n... [MANY_FILTER pattern]] [LABELS label...]
#                [LIBRARIES target...])
#
# Builds one GoogleTest program from the sources and tests/support/main.cpp. Without RANKS it is run
# once as NAME; with RANKS it is run under mpirun as NAME.np1, NAME.np2 ..., labelled `mpi`. Where MPI
# is off, a program with RANKS is run once, as NAME.np1. With MANY_RANKS, on grids wider than the cores of
# most machines, it also runs those of its tests that the pattern of GoogleTest names, or all.

include(GoogleTest)

function(kovar_add_test name)
  cmake_parse_arguments(arg "" "MANY_FILTER" "SOURCES;RANKS;MANY_RANKS;LABELS;LIBRARIES" ${ARGN})
  set(target test_${name})
  string(REPLACE "." "_" target ${target})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE kovar_test_support kovar::kovar ${arg_LIBRARIES})
  kovar_compile_options(${target})

  # The folder is a label too: ctest -L gsn.
  string(REGEX REPLACE "\\..*" "" folder ${name})
  list(APPEND arg_LABELS ${folder})
  list(REMOVE_DUPLICATES arg_LABELS)

  set(ranks ${arg_RANKS} ${arg_MANY_RANKS})
  if(ranks AND NOT KOVAR_ENABLE_MPI)
    set(ranks 1)
  endif()
  if(NOT ranks)
    add_test(NAME ${name} COMMAND ${target})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600 ENVIRONMENT
                         "OMP_NUM_THREADS=2;OMP_PROC_BIND=false")
    return()
  endif()
  foreach(n IN LISTS ranks)
    set(labels ${arg_LABELS})
    set(arguments "")
    if(n IN_LIST arg_MANY_RANKS AND arg_MANY_FILTER)
      set(arguments "--gtest_filter=${arg_MANY_FILTER}")
    endif()
    if(KOVAR_ENABLE_MPI)
      list(APPEND labels mpi)
      add_test(NAME ${name}.np${n}
               COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${n} ${MPIEXEC_PREFLAGS}
                       $<TARGET_FILE:${target}> ${MPIEXEC_POSTFLAGS} ${arguments})
    else()
      add_test(NAME ${name}.np${n} COMMAND ${target})
    endif()
    # Ranks share this machine's cores; root and oversubscription are usual in containers.
    set_tests_properties(${name}.np${n} PROPERTIES LABELS "${labels}" TIMEOUT 600 ENVIRONMENT
      "OMP_NUM_THREADS=1;OMP_PROC_BIND=false;OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_hwloc_base_binding_policy=none;OMPI_MCA_mpi_yield_when_idle=1")
  endforeach()
endfunction()
