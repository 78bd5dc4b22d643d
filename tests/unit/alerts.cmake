# What is made for Prometheus and Grafana, against the table of metrics; promtool comes by
# scripts/setup. Without it these tests are skipped by name.
find_program(SRAGENT_PROMTOOL promtool HINTS ${PROJECT_SOURCE_DIR}/build/tools)
set(alerts ${PROJECT_SOURCE_DIR}/config/prometheus)
if(SRAGENT_PROMTOOL)
  add_test(NAME alerts_are_rules COMMAND ${SRAGENT_PROMTOOL} check rules ${alerts}/alerts.yml)
  add_test(NAME alerts_fire_as_tested COMMAND ${SRAGENT_PROMTOOL} test rules ${alerts}/alerts_test.yml)
  add_test(NAME dashboard_and_examples_are_promql
    COMMAND python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/expression_rules.py ${PROJECT_SOURCE_DIR} ${SRAGENT_PROMTOOL})
else()
  foreach(test alerts_are_rules alerts_fire_as_tested dashboard_and_examples_are_promql)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E echo "promtool is missing: scripts/setup")
    set_tests_properties(${test} PROPERTIES SKIP_REGULAR_EXPRESSION "promtool is missing")
  endforeach()
endif()
add_test(NAME alerts_and_dashboard_name_metrics_that_exist
  COMMAND python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/alert_names.py ${PROJECT_SOURCE_DIR})
set_tests_properties(alerts_are_rules alerts_fire_as_tested dashboard_and_examples_are_promql
  alerts_and_dashboard_name_metrics_that_exist PROPERTIES LABELS unit TIMEOUT 60)
