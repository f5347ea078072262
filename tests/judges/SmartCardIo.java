import javax.smartcardio.Card;
import javax.smartcardio.CardTerminal;
import javax.smartcardio.CommandAPDU;
import javax.smartcardio.TerminalFactory;

/** READER: javax.smartcardio as it comes: connects, sends one command, and just ends. */
class SmartCardIo {
    public static void main(String[] words) throws Exception {
        CardTerminal terminal = TerminalFactory.getDefault().terminals().getTerminal(words[0]);
        Card card = terminal.connect("*");
        byte[] select = {
            0, (byte) 0xA4, 4, 0x0C, 0x0A, (byte) 0xD3, (byte) 0x92, (byte) 0xF0, 0, 0x26, 1, 0, 0, 0, 1
        };
        int status = card.getBasicChannel().transmit(new CommandAPDU(select)).getSW();
        if (status != 0x9000) {
            throw new IllegalStateException(Integer.toHexString(status));
        }
        if (words.length > 1) {
            card.disconnect(Boolean.parseBoolean(words[1]));
        }
    }
}
