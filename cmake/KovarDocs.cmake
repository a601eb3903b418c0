# Target 'docs': the reference as HTML, from the comments in the headers.
find_program(DOXYGEN_EXECUTABLE doxygen)
mark_as_advanced(DOXYGEN_EXECUTABLE)
if(NOT DOXYGEN_EXECUTABLE)
  message(FATAL_ERROR "kovar: doxygen was not found. On Debian: apt install doxygen. "
                      "Or turn it off: -DKOVAR_ENABLE_DOCS=OFF.")
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/Doxyfile.in ${PROJECT_BINARY_DIR}/docs/Doxyfile @ONLY)
add_custom_target(docs
  COMMAND ${DOXYGEN_EXECUTABLE} Doxyfile
  COMMAND ${CMAKE_COMMAND} -E echo "The reference is in ${PROJECT_BINARY_DIR}/docs/html/index.html"
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/docs
  COMMENT "Writing the reference"
  VERBATIM)
