# BE and CN pods: the member list, and the agent as parent of its server.
add_library(workerlab STATIC worker_lab.cc)
target_link_libraries(workerlab
  PUBLIC podlab PRIVATE nlohmann_json::nlohmann_json sragent_options)

add_executable(orphans orphans.cc)
target_link_libraries(orphans PRIVATE sragent_options)

integration_test(worker_register_test worker_register_test.cc)
integration_test(worker_row_lost_test worker_row_lost_test.cc)
integration_test(worker_place_test worker_place_test.cc)
integration_test(worker_process_test worker_process_test.cc)
integration_test(server_process_test server_process_test.cc)
target_link_libraries(worker_register_test PRIVATE workerlab)
target_link_libraries(worker_row_lost_test PRIVATE workerlab)
target_link_libraries(worker_place_test PRIVATE workerlab)
target_link_libraries(worker_process_test PRIVATE workerlab)
target_link_libraries(server_process_test PRIVATE workerlab)
target_compile_definitions(worker_process_test PRIVATE ORPHANS_BINARY="$<TARGET_FILE:orphans>")
add_dependencies(worker_process_test orphans)
# Preloaded into agents of all trees: no sanitizer in it.
add_library(no_timer SHARED no_timer_preload.cc)
if(NOT SRAGENT_SANITIZE)
  target_link_libraries(no_timer PRIVATE sragent_options)
endif()
target_compile_definitions(worker_process_test PRIVATE NO_TIMER="$<TARGET_FILE:no_timer>")
add_dependencies(worker_process_test no_timer)
integration_test(ghost_test ghost_test.cc)
target_link_libraries(ghost_test PRIVATE workerlab)
