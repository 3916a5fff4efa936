"""The work: taxonomies, prompts, generators, probes, scorers, judges, plan, worker, statistics and reports.

Imports `store`; never imports `tui` or textual. Heavy libraries (torch, transformers, scikit-learn) are
imported inside the modules that need them, so that importing a registry or a taxonomy stays instant.
"""
