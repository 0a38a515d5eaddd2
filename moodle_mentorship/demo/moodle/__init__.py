"""The demonstration Moodle owns a school's Moodle that is none: REST and LTI as a real 4.5 answers them, in memory."""
