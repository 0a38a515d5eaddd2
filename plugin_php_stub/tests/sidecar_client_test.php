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

namespace local_mentorship;

use local_mentorship\local\sidecar_client;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures/tls_server.php');

/**
 * What goes to the sidecar goes to nobody else.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\local\sidecar_client
 */
final class sidecar_client_test extends \advanced_testcase {
    /** @var tls_server[] to be ended */
    private array $servers = [];

    /**
     * Ends the servers.
     */
    protected function tearDown(): void {
        foreach ($this->servers as $server) {
            $server->close();
        }
        parent::tearDown();
    }

    /**
     * Starts a server.
     *
     * @param string $name the host name in its certificate
     * @return tls_server
     */
    private function server(string $name): tls_server {
        $this->resetAfterTest();
        return $this->servers[] = new tls_server(make_request_directory(), $name);
    }

    /**
     * Has Moodle trust a certificate.
     *
     * @param string $certificate
     */
    private function trust(string $certificate): void {
        global $CFG;
        file_put_contents("{$CFG->dataroot}/moodleorgca.crt", $certificate);
    }

    /**
     * A certificate that nobody vouches for is refused, whatever is to be sent; one that Moodle trusts is taken.
     */
    public function test_certificate(): void {
        global $CFG;
        $server = $this->server('localhost');
        $url = "https://localhost:{$server->port}/";
        foreach ([[new sidecar_client(), 'get'], [new sidecar_client(), 'post']] as [$client, $how]) {
            $answer = $client->$how($url, ['event' => 'ping'], \core\uuid::generate());
            $this->assertSame(0, $answer->status, $how);
            $this->assertStringContainsString('certificate', $answer->error);
        }
        $this->trust($server->certificate);
        $this->assertSame(200, (new sidecar_client())->get($url)->status);
        $this->assertSame(200, (new sidecar_client())->post($url, ['event' => 'ping'], \core\uuid::generate())->status);
        unlink("{$CFG->dataroot}/moodleorgca.crt");
    }

    /**
     * A trusted certificate of another name is refused as well.
     */
    public function test_name_in_the_certificate(): void {
        global $CFG;
        $server = $this->server('mentor.example');
        $this->trust($server->certificate);
        $answer = (new sidecar_client())->get("https://localhost:{$server->port}/");
        $this->assertSame(0, $answer->status);
        $this->assertMatchesRegularExpression('~name|certificate~', $answer->error);
        unlink("{$CFG->dataroot}/moodleorgca.crt");
    }
}
