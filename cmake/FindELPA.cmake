# ELPA, as ELPA::ELPA. ELPA_ROOT names a prefix; there the headers stand in include/elpa or
# include/elpa-<version>.
include(FindPackageHandleStandardArgs)

find_library(ELPA_LIBRARY NAMES elpa)
if(ELPA_LIBRARY AND NOT ELPA_INCLUDE_DIR)
  get_filename_component(elpa_prefix ${ELPA_LIBRARY} DIRECTORY)
  file(GLOB elpa_candidates ${elpa_prefix}/../include/elpa* ${elpa_prefix}/../../include/elpa*)
  find_path(ELPA_INCLUDE_DIR elpa/elpa.h HINTS ${elpa_candidates} PATH_SUFFIXES elpa)
endif()
mark_as_advanced(ELPA_LIBRARY ELPA_INCLUDE_DIR)

if(ELPA_INCLUDE_DIR)
  file(STRINGS ${ELPA_INCLUDE_DIR}/elpa/elpa_version.h elpa_version_line REGEX "ELPA_API_VERSION")
  string(REGEX MATCH "[0-9]+" ELPA_VERSION "${elpa_version_line}")
endif()
find_package_handle_standard_args(ELPA REQUIRED_VARS ELPA_LIBRARY ELPA_INCLUDE_DIR
                                  VERSION_VAR ELPA_VERSION)
if(ELPA_FOUND)
  # Built for double alone, as Debian's, it refuses float at run time, by this text.
  file(STRINGS ${ELPA_LIBRARY} elpa_refusal LIMIT_COUNT 1
       REGEX "not compiled with single-precision support")
  if(elpa_refusal)
    set(ELPA_HAS_FLOAT OFF)
  else()
    set(ELPA_HAS_FLOAT ON)
  endif()
endif()
if(ELPA_FOUND AND NOT TARGET ELPA::ELPA)
  add_library(ELPA::ELPA INTERFACE IMPORTED)
  set_property(TARGET ELPA::ELPA PROPERTY INTERFACE_LINK_LIBRARIES
               ${ELPA_LIBRARY} SCALAPACK::SCALAPACK)
  set_property(TARGET ELPA::ELPA PROPERTY INTERFACE_INCLUDE_DIRECTORIES ${ELPA_INCLUDE_DIR})
endif()
