"""Reading for screens and reports: plain rows from `Database.reader()`, by page and by key.

Imports the standard library alone, so that the first screen need not wait for an object mapper.
"""
