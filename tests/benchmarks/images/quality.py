"""How close a picture is to what it was made from, by libvips' own arithmetic."""

import pyvips

_SIGMA = 1.5  # the window of Wang et al. 2004: a Gaussian of 11 px
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2


def reduced(source: pyvips.Image, width: int) -> pyvips.Image:
    """The best that there is to reach: the source, reduced by Lanczos' kernel and never compressed."""
    return source.resize(width / source.width, kernel="lanczos3")


def ssim(one: pyvips.Image, other: pyvips.Image) -> float:
    """The mean structural similarity of both pictures' luma, 1.0 for equal ones. They must be of one size."""
    x, y = _luma(one), _luma(other)
    if (x.width, x.height) != (y.width, y.height):
        raise ValueError(f"{x.width} × {x.height} is not {y.width} × {y.height}")
    mean_x, mean_y = _blurred(x), _blurred(y)
    var_x, var_y = _blurred(x * x) - mean_x * mean_x, _blurred(y * y) - mean_y * mean_y
    covariance = _blurred(x * y) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    at_most = (mean_x * mean_x + mean_y * mean_y + _C1) * (var_x + var_y + _C2)
    return float((alike / at_most).avg())


def colour_difference(one: pyvips.Image, other: pyvips.Image) -> float:
    """The mean ΔE (CIE 2000); 2.3 is about what an eye tells apart."""
    return float(one.dE00(other).avg())


def _luma(image: pyvips.Image) -> pyvips.Image:
    opaque = image.flatten() if image.hasalpha() else image
    return opaque.colourspace("b-w").cast("float")


def _blurred(image: pyvips.Image) -> pyvips.Image:
    return image.gaussblur(_SIGMA, precision="float")
