# Silence between pairs of pods, and a bound hosts file: in namespaces that the test makes itself.
add_library(namespacelab STATIC namespace_lab.cc)
target_link_libraries(namespacelab PUBLIC podlab GTest::gtest PRIVATE sragent_options)

integration_test(disk_test disk_test.cc namespace_main.cc)
target_link_libraries(disk_test PRIVATE namespacelab leavelab workerlab)
integration_test(partition_fe_test partition_fe_test.cc namespace_main.cc)
integration_test(partition_restart_test partition_restart_test.cc namespace_main.cc)
integration_test(partition_hosts_test partition_hosts_test.cc namespace_main.cc)
target_link_libraries(partition_fe_test PRIVATE namespacelab)
target_link_libraries(partition_restart_test PRIVATE namespacelab workerlab)
target_link_libraries(partition_hosts_test PRIVATE namespacelab peerlab sragent_io)
