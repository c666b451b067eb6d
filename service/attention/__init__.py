"""What no dialogue could handle: messages that wait for a person, and alarms (S1).

Nothing that arrived is ever lost; here officers and complaint desks answer by hand.
"""
