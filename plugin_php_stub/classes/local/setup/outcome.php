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
 * How a step ended.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class outcome {
    /** @var string name of the string that says it */
    public string $kind;

    /** @var string what was made or found */
    public string $detail;

    /**
     * An outcome.
     *
     * @param string $kind
     * @param string $detail
     */
    private function __construct(string $kind, string $detail) {
        $this->kind = $kind;
        $this->detail = $detail;
    }

    /**
     * The step made something, or found it as it must be.
     *
     * @param bool $changed
     * @param string $detail
     * @return self
     */
    public static function of(bool $changed, string $detail = ''): self {
        return new self($changed ? 'outcomedone' : 'outcomepresent', $detail);
    }

    /**
     * The step only looked.
     *
     * @param bool $fine
     * @return self
     */
    public static function seen(bool $fine): self {
        return new self($fine ? 'outcomefine' : 'outcomeattention', '');
    }
}
