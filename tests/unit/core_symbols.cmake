# Fails if an object of LIBRARY needs a symbol that neither LIBRARY nor the language itself has:
# no system call, no clock, no file, no thread, no random device, no other library.
# cmake -DNM=nm -DLIBRARY=libsragent_core.a -P core_symbols.cmake

function(symbols_of option result)
  execute_process(COMMAND ${NM} --format=posix ${option} ${LIBRARY}
    OUTPUT_VARIABLE text RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${NM} cannot read ${LIBRARY}")
  endif()
  string(REGEX MATCHALL "[^\n]+" lines "${text}")
  set(names "")
  foreach(line IN LISTS lines)
    if(line MATCHES "^([^ :]+) [A-Za-z]")
      list(APPEND names ${CMAKE_MATCH_1})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES names)
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

symbols_of(--defined-only defined)
symbols_of(--undefined-only needed)
list(REMOVE_ITEM needed ${defined})

# The C++ standard library and its run time, memory and text functions of C, instrumentation.
set(allowed
  "^(_ZS|_ZNS|_ZNKS|_ZTVS|_ZTVN10__cxxabiv1|_ZTIS|_ZTISt|_ZTSS|_Zn[aw]|_Zd[al])"
  "^(__cxa_|__gxx_personality_|_Unwind_|__stack_chk_fail|__dso_handle|_GLOBAL_OFFSET_TABLE_)"
  "^(bcmp|mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp|chr)|abort|__assert_fail)$"
  "^__(asan|ubsan|tsan|lsan|sanitizer|gcov|llvm)_")
# Of that, what would be I/O, a clock, a thread or chance.
set(forbidden
  "NSt6chrono.*now|10filesystem|basic_[io]?f?stream|basic_filebuf|_ZSt4c(out|err|in|log)|_ZSt7getline"
  "13random_device|St6thread|St5mutex|condition_variable|this_thread|_ZSt.*getenv|system_category")

set(bad "")
list(LENGTH needed count)
foreach(symbol IN LISTS needed)
  set(good FALSE)
  foreach(pattern IN LISTS allowed)
    if(symbol MATCHES "${pattern}")
      set(good TRUE)
    endif()
  endforeach()
  foreach(pattern IN LISTS forbidden)
    if(symbol MATCHES "${pattern}")
      set(good FALSE)
    endif()
  endforeach()
  if(NOT good)
    list(APPEND bad ${symbol})
  endif()
endforeach()

if(count EQUAL 0)
  message(FATAL_ERROR "no undefined symbol at all: ${NM} did not read ${LIBRARY} as it should")
endif()
if(bad)
  string(REPLACE ";" "\n  " bad "${bad}")
  message(FATAL_ERROR "the core needs from outside:\n  ${bad}")
endif()
message(STATUS "${count} symbols, all of the language")
