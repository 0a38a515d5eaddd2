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
 * Finds or makes the token with which the sidecar calls.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class token extends step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'steptoken';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $DB;
        $tokens = $DB->get_records_select(
            'external_tokens',
            'externalserviceid = :service AND userid = :userid AND tokentype = :type
                AND (validuntil IS NULL OR validuntil = 0) AND (iprestriction IS NULL OR iprestriction = :none)',
            [
                'service' => $state->service->id,
                'userid' => $state->serviceuserid,
                'type' => EXTERNAL_TOKEN_PERMANENT,
                'none' => '',
            ],
            'id',
            'id, token',
            0,
            1
        );
        if ($tokens) {
            $state->token = reset($tokens)->token;
            return outcome::of(false);
        }
        $state->token = \core_external\util::generate_token(
            EXTERNAL_TOKEN_PERMANENT,
            $state->service,
            $state->serviceuserid,
            \context_system::instance(),
            0,
            '',
            $this->content('tokenname')
        );
        return outcome::of(true);
    }
}
