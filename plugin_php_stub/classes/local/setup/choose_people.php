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

use local_mentorship\local\connection;
use local_mentorship\local\journal;
use local_mentorship\local\problem;
use local_mentorship\local\staff_register;

/**
 * Settles which cohort is the staff, and who the first curator is.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class choose_people extends step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepcohort';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $DB;
        // Both are looked up before either is kept: a mistyped name must change nothing.
        $cohort = $this->cohort($state->options->cohort);
        $curator = $this->curator($state->options->curator);

        $changed = (int) $cohort->id !== connection::cohort_id();
        if ($changed) {
            connection::set('registerpending', 1);
            connection::set('cohortid', $cohort->id);
        }
        if (connection::get('registerpending')) {
            // Another cohort is another staff: the sidecar must read everybody again, which the new identity tells it.
            journal::reset();
            (new staff_register())->begin();
            connection::set('registerpending', 0);
        }

        $cohort->members = $DB->count_records_sql(
            'SELECT COUNT(u.id) FROM {cohort_members} cm JOIN {user} u ON u.id = cm.userid AND u.deleted = 0
              WHERE cm.cohortid = ?',
            [$cohort->id]
        );
        $state->cohort = $cohort;
        $state->curator = $curator;
        if (!$cohort->members) {
            $state->warn('cohort_empty', get_string('warningcohortempty', 'local_mentorship'));
        }
        if ($curator && !$DB->record_exists('cohort_members', ['cohortid' => $cohort->id, 'userid' => $curator->id])) {
            $state->warn('curator_not_in_cohort', get_string('warningcurator', 'local_mentorship', $curator->username));
        }
        return outcome::of($changed, $this->label($cohort));
    }

    /**
     * The cohort that was named, or was chosen before, or is the only one.
     *
     * @param string $wanted
     * @return \stdClass
     */
    private function cohort(string $wanted): \stdClass {
        global $DB;
        $cohorts = $DB->get_records('cohort', null, 'id', 'id, idnumber, name');
        if (!$cohorts) {
            throw new problem('errornocohorts');
        }
        if ($wanted === '') {
            $chosen = $cohorts[connection::cohort_id()] ?? (count($cohorts) === 1 ? reset($cohorts) : null);
            if (!$chosen) {
                throw new problem('errorchoosecohort', $this->listing($cohorts));
            }
            return $chosen;
        }
        // The idnumber goes first, because it may look like an id. Moodle allows one idnumber twice.
        $matching = array_filter($cohorts, fn(\stdClass $cohort): bool => $cohort->idnumber === $wanted);
        if (!$matching && ctype_digit($wanted)) {
            $matching = array_intersect_key($cohorts, [(int) $wanted => true]);
        }
        if (count($matching) !== 1) {
            throw new problem('errorcohort', (object) ['wanted' => $wanted, 'cohorts' => $this->listing($cohorts)]);
        }
        return reset($matching);
    }

    /**
     * The curator who was named.
     *
     * @param string $username
     * @return \stdClass|null
     */
    private function curator(string $username): ?\stdClass {
        global $CFG, $DB;
        if ($username === '') {
            return null;
        }
        $user = $DB->get_record('user', [
            'username' => \core_text::strtolower($username),
            'mnethostid' => $CFG->mnet_localhost_id,
            'deleted' => 0,
            'suspended' => 0,
        ], 'id, username');
        if (!$user) {
            throw new problem('errorcurator', $username);
        }
        return $user;
    }

    /**
     * Cohorts to choose from.
     *
     * @param \stdClass[] $cohorts
     * @return string
     */
    private function listing(array $cohorts): string {
        return implode('; ', array_map([$this, 'label'], array_slice($cohorts, 0, 30)));
    }

    /**
     * How a cohort is named on the command line.
     *
     * @param \stdClass $cohort
     * @return string
     */
    private function label(\stdClass $cohort): string {
        $name = format_string($cohort->name, true, ['context' => \context_system::instance(), 'escape' => false]);
        return trim("{$cohort->idnumber} [id {$cohort->id}] «{$name}»");
    }
}
