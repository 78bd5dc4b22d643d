# What the platform does to a node; the library is made in worker.cmake.
integration_test(platform_test platform_test.cc)
target_link_libraries(platform_test PRIVATE workerlab)
integration_test(host_check_test host_check_test.cc)
target_link_libraries(host_check_test PRIVATE workerlab)
integration_test(sidecar_test sidecar_test.cc)
target_link_libraries(sidecar_test PRIVATE leavelab workerlab)
