# The simulation must not reach a socket, a thread or a library that does I/O: no such symbol is used.
execute_process(COMMAND ${NM} -u ${PROGRAM} OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "cannot read the symbols of ${PROGRAM}")
endif()
foreach(forbidden socket connect poll epoll_wait pthread_create posix_spawn ares_ curl_ mysql_ event_base clock_nanosleep
        std::random_device)
  string(REGEX MATCH "U ${forbidden}[^\n]*" found "${symbols}")
  if(found)
    message(FATAL_ERROR "the simulation uses a real adapter: ${found}")
  endif()
endforeach()
