"""Pictures for the terminal: opened, scaled and turned into cells away from the screen's own thread.

`look` says what is to be seen, `gallery` makes it and keeps it, `cells`, `kitty` and `sixel` are the three ways of
drawing. Nothing here knows a page or the store's tables.
"""
