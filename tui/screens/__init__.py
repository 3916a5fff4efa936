"""The five pages and the dialogs. Each page is one file; the app imports it when it is first opened."""
