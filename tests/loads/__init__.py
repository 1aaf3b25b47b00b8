"""The load test itself under test, as whole processes: does it see what happens, and does it say when it was hurt?"""
