"""Plugins for all tests. Fixtures of one folder live in that folder's conftest.py."""

pytest_plugins = ["tests.integration.run_plugin"]
