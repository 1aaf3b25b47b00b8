"""The LEGO Projects API: one code base that runs behind an ASGI server on ECS and on AWS Lambda."""
