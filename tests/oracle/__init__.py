"""What the lakehouse must hold, computed from the landing files in plain Python.

Written from the definitions alone; it shares no code with the pipeline or the runtime,
so that each can be wrong only in its own way.
"""
