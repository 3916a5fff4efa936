"""The terminal: command line, app, screens and widgets. Stands on `engine` and `store`; loads no model library."""
