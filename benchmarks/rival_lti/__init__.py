"""The rival of the launch: what a capable user of pylti1p3next would write with its documented Flask adapter."""
