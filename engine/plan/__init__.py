"""What a run asks for, and what it still lacks: derived from the store each time, never copied into a list.

Reads the store and writes nothing. Imports no model: the terminal asks for progress through it.
"""
