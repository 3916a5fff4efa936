"""What a page shows, made from what was read: tables, lines and sentences, with no query."""
