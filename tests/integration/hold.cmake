# Servers that are kept down: S71.
integration_test(hold_test hold_test.cc)
target_link_libraries(hold_test PRIVATE leavelab workerlab)
integration_test(hold_change_test hold_change_test.cc)
target_link_libraries(hold_change_test PRIVATE leavelab workerlab)
