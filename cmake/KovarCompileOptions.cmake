# kovar_compile_options(TARGET): warnings and architecture for our own code only;
# users of the library inherit neither.

set(KOVAR_ARCH_FLAG "")
if(KOVAR_ARCH)
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag("-march=${KOVAR_ARCH}" KOVAR_HAS_MARCH_${KOVAR_ARCH})
  if(KOVAR_HAS_MARCH_${KOVAR_ARCH})
    set(KOVAR_ARCH_FLAG "-march=${KOVAR_ARCH}")  # nvcc_wrapper hands it to the host's compiler
  endif()
endif()

function(kovar_compile_options target)
  target_compile_options(${target} PRIVATE ${KOVAR_ARCH_FLAG})
  # Nobody looks at errno; with it, square roots are calls and not vector instructions.
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" OR KOVAR_ENABLE_CUDA)
    target_compile_options(${target} PRIVATE -fno-math-errno)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    if(KOVAR_ENABLE_CUDA)
      target_compile_options(${target} PRIVATE -Wall -Wextra)
    else()
      target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13
       AND CMAKE_CXX_STANDARD GREATER_EQUAL 20)
      # GCC 12 sees overlapping copies inside C++20's std::string that are none (GCC bug 105651).
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
    if(KOVAR_WARNINGS_AS_ERRORS)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  endif()
endfunction()
