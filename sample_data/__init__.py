"""Resources that ship with the program: photographs with their credits, and the paper's published figures."""
