<?php
// This file is part of Moodle - https://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <https://www.gnu.org/licenses/>.

namespace local_mentorship\local\setup;

/**
 * What the steps hand on to each other.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class state {
    /** Our course carries this idnumber, so that a course that stood there before is never taken for ours. */
    public const COURSE_IDNUMBER = 'local_mentorship';

    /** @var options */
    public options $options;

    /** @var string the sidecar's address */
    public string $sidecar = '';

    /** @var array what the sidecar says of itself */
    public array $tool = [];

    /** @var \stdClass|null the staff cohort */
    public ?\stdClass $cohort = null;

    /** @var \stdClass|null the first curator, when one was named */
    public ?\stdClass $curator = null;

    /** @var \stdClass|null the web service */
    public ?\stdClass $service = null;

    /** @var int the service user */
    public int $serviceuserid = 0;

    /** @var \stdClass|null the course */
    public ?\stdClass $course = null;

    /** @var int the role of teachers in the course */
    public int $studentroleid = 0;

    /** @var int the LTI tool */
    public int $typeid = 0;

    /** @var int the activity */
    public int $cmid = 0;

    /** @var string the web-service token */
    public string $token = '';

    /** @var string[] code => sentence */
    public array $warnings = [];

    /**
     * A state.
     *
     * @param options $options
     */
    public function __construct(options $options) {
        $this->options = $options;
    }

    /**
     * Is the course one that the plugin made?
     *
     * @return bool
     */
    public function owns_course(): bool {
        return $this->course && $this->course->idnumber === self::COURSE_IDNUMBER;
    }

    /**
     * Notes something that works against the connection without stopping it.
     *
     * @param string $code what the sidecar is told
     * @param string $sentence what the administrator is told
     */
    public function warn(string $code, string $sentence): void {
        $this->warnings[$code] = $sentence;
    }
}
