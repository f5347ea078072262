import java.util.HexFormat;
import javax.smartcardio.Card;
import javax.smartcardio.CardTerminal;
import javax.smartcardio.CommandAPDU;
import javax.smartcardio.TerminalFactory;

/**
 * READER: javax.smartcardio as it comes: connects, sends one command, and just ends. READER
 * true|false: disconnects so. READER COMMAND: sends that command and prints the answer.
 */
class SmartCardIo {
    public static void main(String[] words) throws Exception {
        CardTerminal terminal = TerminalFactory.getDefault().terminals().getTerminal(words[0]);
        Card card = terminal.connect("*");
        boolean given = words.length > 1 && words[1].matches("[0-9A-F]{8,}");
        String command = given ? words[1] : "00A4040C0AD392F000260100000001";
        var answer = card.getBasicChannel()
            .transmit(new CommandAPDU(HexFormat.of().parseHex(command)));
        if (given) {
            System.out.println(HexFormat.of().withUpperCase().formatHex(answer.getBytes()));
        } else if (answer.getSW() != 0x9000) {
            throw new IllegalStateException(Integer.toHexString(answer.getSW()));
        }
        if (words.length > 1 && !given) {
            card.disconnect(Boolean.parseBoolean(words[1]));
        }
    }
}
