# The wrapper scripts, started as the official operator starts them.
add_library(dropinlab STATIC dropin_lab.cc)
target_compile_definitions(dropinlab PRIVATE SRAGENT_SCRIPTS="${PROJECT_SOURCE_DIR}/scripts")
target_link_libraries(dropinlab PUBLIC podlab leavelab workerlab PRIVATE sragent_options)

integration_test(dropin_start_test dropin_start_test.cc)
target_link_libraries(dropin_start_test PRIVATE dropinlab)
integration_test(dropin_stop_test dropin_stop_test.cc)
target_link_libraries(dropin_stop_test PRIVATE dropinlab)
integration_test(dropin_roll_test dropin_roll_test.cc)
target_link_libraries(dropin_roll_test PRIVATE dropinlab)
integration_test(dropin_conf_test dropin_conf_test.cc namespace_main.cc)
target_link_libraries(dropin_conf_test PRIVATE dropinlab namespacelab)
integration_test(dropin_place_test dropin_place_test.cc)
target_link_libraries(dropin_place_test PRIVATE dropinlab)
set(integration_timeout 900)  # the stock scripts of the user wait for minutes
integration_test(dropin_stock_test dropin_stock_test.cc)
set(integration_timeout 240)
target_compile_definitions(dropin_stock_test PRIVATE SRAGENT_SCRIPTS="${PROJECT_SOURCE_DIR}/scripts"
  SRAGENT_STOCK_PATH="${CMAKE_CURRENT_SOURCE_DIR}/stock_path")
target_link_libraries(dropin_stock_test PRIVATE dropinlab)
integration_test(dropin_helper_test dropin_helper_test.cc)
target_link_libraries(dropin_helper_test PRIVATE dropinlab kubelab)
