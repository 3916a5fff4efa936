"""The yardstick: the publishers' own code on the same weights and images, in environments of its own.

`verify` compares value by value; `layouts` writes random weights as the real ones are published, where those are not
at hand; `yardsticks/` holds what runs elsewhere.
"""
