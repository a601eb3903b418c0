# Installs the build into an empty prefix: cmake -DBUILD=... -DCONFIG=... -DWORK=... -P install.cmake
file(REMOVE_RECURSE ${WORK})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --config "${CONFIG}" --prefix ${WORK}/prefix
                COMMAND_ERROR_IS_FATAL ANY)
