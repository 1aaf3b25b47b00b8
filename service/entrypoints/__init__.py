"""One file per Lambda function, and the ASGI application."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()  # nothing that a start loads is ever garbage, and looking for it costs a tenth of the start
