# /livez and /readyz as a kubelet sees them; the library is made in worker.cmake.
integration_test(live_test live_test.cc)
integration_test(ready_worker_test ready_worker_test.cc)
integration_test(ready_fe_test ready_fe_test.cc)
foreach(test live_test ready_worker_test ready_fe_test)
  target_link_libraries(${test} PRIVATE workerlab)
endforeach()
target_link_libraries(ready_fe_test PRIVATE sragent_starrocks)
