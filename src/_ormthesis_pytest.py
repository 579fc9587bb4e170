"""Entry point of the pytest plugin.

It stands beside the package so that pytest can load it in every run without importing Ormthesis:
the package is imported only when a target is configured or its API is used.
"""
