"""Explorers: the course's figures, alive, with sliders, and with your own code in them.

Each is one call in a notebook. Without arguments the browser computes what you see;
hand one your own function, as in ``Filter(f=convolve2d)``, and it also shows what
*yours* returns, and where the two first differ.
"""

from cnnkit.widgets._filter import Filter
from cnnkit.widgets._network import Network
from cnnkit.widgets._pixels import Pixels
from cnnkit.widgets._pooling import Pooling
from cnnkit.widgets._stride import Stride
from cnnkit.widgets._training import Training

__all__ = ["Filter", "Network", "Pixels", "Pooling", "Stride", "Training"]
