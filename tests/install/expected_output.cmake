# Runs a program and compares what it prints with the comment at the head of its source: the lines
# indented by four after "// Output".
#
#   cmake -DPROGRAM=... -DSOURCE=... -P expected_output.cmake
file(STRINGS ${SOURCE} lines)
set(expected "")
set(in_output OFF)
foreach(line IN LISTS lines)
  if(line MATCHES "^// Output")
    set(in_output ON)
  elseif(NOT line MATCHES "^//")
    set(in_output OFF)
  elseif(in_output AND line MATCHES "^//    ( *[^ ].*)$")
    string(APPEND expected "${CMAKE_MATCH_1}\n")
  endif()
endforeach()
if(expected STREQUAL "")
  message(FATAL_ERROR "${SOURCE} says nothing of its output")
endif()

execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed RESULT_VARIABLE code)
message("${printed}")
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${code}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed what is above; ${SOURCE} promises:\n${expected}")
endif()
