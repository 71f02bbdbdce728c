"""Members' files: kept, changed, found, merged, handed out and erased; each change once, in the book."""
