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

use local_mentorship\local\address;
use local_mentorship\local\connection;
use local_mentorship\local\problem;
use local_mentorship\local\sidecar_client;

/**
 * Asks the sidecar who it is, before anything in Moodle is touched.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class check_sidecar extends step {
    /** Version of the protocol that this plugin speaks. */
    public const PROTOCOL = 2;

    /** Addresses that the LTI tool needs. */
    private const ADDRESSES = ['tool_url', 'login_url', 'launch_url', 'jwks_url'];

    /** @var sidecar_client */
    private sidecar_client $client;

    /**
     * A step.
     *
     * @param sidecar_client $client
     */
    public function __construct(sidecar_client $client) {
        $this->client = $client;
    }

    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stepsidecar';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        $given = $state->options->sidecar !== '' ? $state->options->sidecar : connection::get('sidecarurl');
        if ($given === '') {
            throw new problem('errornosidecar');
        }
        $url = address::sidecar($given);
        $answer = $this->client->get("{$url}/api/v1/tool");
        if ($answer->status !== 200 || $answer->text('product') !== 'moodle-mentorship') {
            throw new problem('errornotsidecar', (object) ['url' => $url, 'answer' => $answer->summary()]);
        }
        if (($answer->document['protocol'] ?? null) !== self::PROTOCOL) {
            throw new problem('errorprotocol', (object) [
                'ours' => self::PROTOCOL,
                'theirs' => json_encode($answer->document['protocol'] ?? null),
            ]);
        }
        foreach (self::ADDRESSES as $name) {
            // The tool's pages and keys must come from the address that the administrator trusts.
            if (address::origin($answer->text($name)) !== address::origin($url)) {
                throw new problem('errorsidecarother', (object) ['url' => $url, 'theirs' => $answer->text($name)]);
            }
        }
        $state->sidecar = $url;
        $state->tool = $answer->document;
        $changed = connection::get('sidecarurl') !== $url;
        connection::set('sidecarurl', $url);
        return outcome::of($changed, "{$url}, {$answer->text('version')}");
    }
}
