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

namespace local_mentorship\local;

/**
 * What the sidecar answered.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class answer {
    /** @var int HTTP status; 0 when nobody answered */
    public int $status;

    /** @var array the JSON document, empty when there was none */
    public array $document;

    /** @var string what the network said when nobody answered */
    public string $error;

    /**
     * An answer.
     *
     * @param int $status
     * @param string $body
     * @param string $error
     */
    public function __construct(int $status, string $body, string $error = '') {
        $document = json_decode($body, true);
        $this->status = $status;
        $this->document = is_array($document) ? $document : [];
        $this->error = $error;
    }

    /**
     * A text of the document.
     *
     * @param string $name
     * @return string empty when it is missing or no text
     */
    public function text(string $name): string {
        return is_string($this->document[$name] ?? null) ? $this->document[$name] : '';
    }

    /**
     * The answer in one line, for logs and for messages about what nobody foresaw.
     *
     * @return string
     */
    public function summary(): string {
        if ($this->status === 0) {
            return $this->error;
        }
        return trim("HTTP {$this->status} {$this->text('code')} {$this->text('detail')}");
    }
}
