"""Use cases on a real store, with the dispatcher stepped by hand."""
