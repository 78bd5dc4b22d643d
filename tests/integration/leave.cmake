# Nodes that leave: TERM, prestop, drain.
add_library(leavelab STATIC leave_lab.cc)
target_link_libraries(leavelab PUBLIC podlab PRIVATE sragent_options)

integration_test(leave_worker_test leave_worker_test.cc)
integration_test(leave_fe_test leave_fe_test.cc)
integration_test(leave_fe_good_test leave_fe_good_test.cc)
target_link_libraries(leave_fe_good_test PRIVATE leavelab workerlab)
integration_test(leave_good_test leave_good_test.cc)
target_link_libraries(leave_good_test PRIVATE leavelab workerlab)
target_link_libraries(leave_worker_test PRIVATE leavelab workerlab)
target_link_libraries(leave_fe_test PRIVATE leavelab workerlab)
integration_test(leave_hook_test leave_hook_test.cc)
target_link_libraries(leave_hook_test PRIVATE leavelab workerlab)
