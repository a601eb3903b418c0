# Install and export: find_package(kovar) gives the target kovar::kovar.
include(CMakePackageConfigHelpers)

set(kovar_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kovar)
install(TARGETS kovar EXPORT kovarTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/kovar
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_BINARY_DIR}/lib/kovar/core/config.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/kovar/core)
install(EXPORT kovarTargets NAMESPACE kovar:: DESTINATION ${kovar_package_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/kovarConfig.cmake.in ${PROJECT_BINARY_DIR}/kovarConfig.cmake
  INSTALL_DESTINATION ${kovar_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kovarConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kovarConfig.cmake
              ${PROJECT_BINARY_DIR}/kovarConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/KovarDependencies.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindELPA.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindSCALAPACK.cmake
              ${PROJECT_SOURCE_DIR}/cmake/setup/kokkos_cuda13_shim.h
        DESTINATION ${kovar_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
