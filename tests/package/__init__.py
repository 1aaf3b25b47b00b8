"""The built Lambda package: unpacked alone, on the Python that Lambda has, behind the real runtime client."""
