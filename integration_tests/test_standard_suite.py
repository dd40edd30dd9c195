"""The CDK's own connector test suite for every source, in this process."""

from standard_suite import suites

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]
globals().update(suites(of_image=False))
