"""The Python side of a page that runs: IPython's shell, what it shows, and comms for widgets.

Loaded by worker.js, which offers two modules: ``_page`` (messages to the page) and ``_packages``
(packages of the runtime, installed when they are first imported).
"""
